Levare.Runtime.NativeTorch.Require();
Console.WriteLine(TorchSharp.torch.randn(2, 3).ToString(TorchSharp.TensorStringStyle.Numpy));
