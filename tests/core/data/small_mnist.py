"""Made-up idx files of the shape of MNIST's."""

import gzip

import numpy as np


def idx(array, *, code=8):
    head = bytes([0, 0, code, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return head + array.tobytes()


def write_mnist(folder, count, *, stem="train", packed=False, side=28):
    """`count` pictures, the k-th of grey value k % 256 everywhere and of the digit k % 10."""
    images = np.repeat(np.arange(count, dtype=np.uint64) % 256, side * side).astype(np.uint8).reshape(count, side, side)
    labels = (np.arange(count) % 10).astype(np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in ((f"{stem}-images-idx3-ubyte", images), (f"{stem}-labels-idx1-ubyte", labels)):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array), 1))
        else:
            (folder / name).write_bytes(idx(array))
    return images, labels
