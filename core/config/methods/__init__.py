"""Settings of the methods, one file and one frozen model a kind. What they learn and adapt: core.methods.registry."""

from typing import Annotated

from pydantic import Field

from .base import Complaint as Complaint
from .base import MethodSettings as MethodSettings
from .cavia import Cavia as Cavia
from .ftml import Ftml as Ftml
from .hsml import Hsml as Hsml
from .imaml import Imaml as Imaml
from .leo import Leo as Leo
from .maml import Maml as Maml
from .maml import MetaSgd as MetaSgd
from .maml_pp import MamlPp as MamlPp
from .mixture import Mixture as Mixture
from .mmaml import Mmaml as Mmaml
from .mt_net import MtNet as MtNet
from .mtl import Mtl as Mtl
from .platipus import Platipus as Platipus
from .pooled import Pooled as Pooled
from .predict_rows import PredictFromActivations as PredictFromActivations
from .pretraining import Pretrained as Pretrained
from .reptile import Reptile as Reptile
from .sca import Sca as Sca

MethodKind = Annotated[
    Maml
    | MetaSgd
    | MamlPp
    | MtNet
    | Reptile
    | Ftml
    | Pooled
    | Sca
    | PredictFromActivations
    | Platipus
    | Mmaml
    | Mixture
    | Leo
    | Imaml
    | Cavia
    | Mtl
    | Hsml,
    Field(discriminator="kind"),
]
