@echo off
rem Runs the tool from a clone: builds it when a source is newer than what was built, then starts it.
setlocal
set "root=%~dp0"
where dotnet >nul 2>nul || (echo levare: the .NET 10 SDK is needed, and there is no 'dotnet' here: see https://dotnet.microsoft.com/download >&2& exit /b 1)
powershell -NoProfile -Command "$r='%root%'; $t=Get-Item \"$r\artifacts\levare.stamp\" -ErrorAction SilentlyContinue; $s=Get-ChildItem \"$r\src\",\"$r\eng\Natives.props\",\"$r\Directory.*.props\",\"$r\global.json\" -Recurse | Sort-Object LastWriteTime -Descending | Select-Object -First 1; if ($t -and $s.LastWriteTime -le $t.LastWriteTime) { exit 0 } else { exit 1 }"
if errorlevel 1 (
  echo levare: building ^(the first time takes a minute or two^) ... >&2
  dotnet build "%root%src\Levare.Cli\Levare.Cli.csproj" -c Release -v q --nologo >&2 || (echo levare: the build failed >&2& exit /b 1)
  type nul > "%root%artifacts\levare.stamp"
)
for /d %%d in ("%root%artifacts\bin\Levare.Cli\release*") do set "tool=%%d\Levare.Cli.dll"
dotnet "%tool%" %*
