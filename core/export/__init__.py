"""What leaves as a program: adaptation and prediction in one `torch.export` (.pt2) or ONNX graph, checked before it counts."""
