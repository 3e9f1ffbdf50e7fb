using System.Text;

namespace Levare.Data;

/// <summary>Reads comma-separated values as RFC 4180 writes them: quoted fields may hold commas, line breaks and doubled quotes.</summary>
internal static class Csv
{
    public static IEnumerable<string[]> Read(string path)
    {
        using StreamReader reader = new(path, Encoding.UTF8);
        foreach (string[] record in Read(reader)) yield return record;
    }

    public static IEnumerable<string[]> Read(TextReader reader)
    {
        List<string> record = [];
        StringBuilder field = new();
        bool quoted = false;
        for (int next = reader.Read(); next >= 0; next = reader.Read())
        {
            char c = (char)next;
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (reader.Peek() == '"') field.Append((char)reader.Read());
                else quoted = false;
            }
            else if (c == '"') quoted = true;
            else if (c == ',') EndField();
            else if (c == '\n')
            {
                EndField();
                if (record is not [""]) yield return [.. record];
                record.Clear();
            }
            else if (c != '\r') field.Append(c);
        }
        if (quoted) throw new InvalidDataException("A quoted field does not end.");
        if (field.Length > 0 || record.Count > 0)
        {
            EndField();
            yield return [.. record];
        }

        void EndField()
        {
            record.Add(field.ToString());
            field.Clear();
        }
    }
}
