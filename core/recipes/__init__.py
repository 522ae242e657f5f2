"""Published results measured again: what a recipe is, running it, and the table of what came out."""

from .recipe import Published as Published
from .recipe import Recipe as Recipe
from .recipe import Row as Row
from .recipe import recipes as recipes
from .results import Measured as Measured
from .results import read_results as read_results
from .results import write_results as write_results
from .table import Line as Line
from .table import lines as lines
from .table import markdown as markdown
