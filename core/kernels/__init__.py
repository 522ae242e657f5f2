"""Own kernels in C++ for what torch does slowly on a CPU: built once a machine where a compiler is, never needed."""

from core.kernels.first_layer import first_layer as first_layer
from core.kernels.first_layer import serves_pictures as serves_pictures
from core.kernels.norm_pool import norm_pool as norm_pool
from core.kernels.norm_pool import serves as serves
from core.kernels.use import current as current
from core.kernels.use import using as using
