"""How much memory the training takes right now."""


def in_use(device: str) -> int:
    """Bytes: of tensors on the GPU where the run trains there, else of this process. device: as the run says, "cuda:0, ..."."""
    if device.startswith("cuda"):
        import torch  # long there: it trains

        return int(torch.cuda.memory_allocated())
    import psutil

    return int(psutil.Process().memory_info().rss)
