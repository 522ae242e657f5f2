"""The lines that use a file without the window."""

from typing import Any


def loading_code(path: str, card: dict[str, Any]) -> str:
    """.safetensors: three lines with core. .pt: plain torch, with the lines that build the module. .pt2 and .onnx: the lines
    that run the program.

    The same as core.deploy.loading_code, without waiting for torch; a test holds the two together.
    """
    if path.endswith(".pt2"):
        return (
            f"import torch\nprogram = torch.export.load({path!r}).module()\n"
            "prediction = program(support_x, support_y, query_x)\n"
        )
    if path.endswith(".onnx"):
        return (
            f"import onnxruntime\nsession = onnxruntime.InferenceSession({path!r})\n"
            'inputs = {"support_x": support_x, "support_y": support_y, "query_x": query_x}\n'
            "prediction = session.run(None, inputs)[0]\n"
        )
    if not path.endswith(".pt"):
        return (
            f"import core\nstart = core.load({path!r})\n"
            "prediction = start.adapt(support_x, support_y).predict(query_x)\n"
        )
    module = str(card.get("network", {}).get("module", "")).strip()
    lines = f"import torch\nweights = torch.load({path!r}, weights_only=True)\nmodel.load_state_dict(weights)\n"
    return f"{module}\n\n{lines}" if module else lines
