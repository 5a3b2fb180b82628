"""The networks of the default models as ONNX graphs, made from the packaged weights at set-up."""
