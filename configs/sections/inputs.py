"""`inputs`: what each fold's network is given of the columns, fitted on its training rows."""

from typing import Any, Literal

from pydantic import Field, field_validator

from configs.types import (
    Count,
    CountOrNone,
    Section,
)


class Inputs(Section):
    """What is done to the input columns, fitted on each fold's own training rows."""

    scale: Literal["standard", "robust", "minmax", "quantile", "robust_clip", "none"] = Field(
        "standard",
        description="of numbers; standard: mean 0, sd 1; robust: median 0, interquartile range 1; minmax: 0 to 1; "
        "quantile: ranks as a normal distribution; robust_clip: as robust, then x / sqrt(1 + (x / 3)^2)",
    )
    infinite: Literal["refuse", "missing"] = Field("refuse", description="what an infinite value is taken for")
    impute: Literal["auto", "median", "mean", "constant", "refuse"] = Field(
        "auto",
        description="what fills a missing number; constant: 0; auto: the median, and an input that is 1 where it was "
        "missing, if the table lacks any; refuse: a table with a missing value is refused",
    )
    categories: Literal["auto", "onehot", "embedding"] = Field(
        "auto",
        description="what words become; onehot: an input for each level; embedding: learned vectors, if the net takes "
        "codes (as mlp does); auto: one-hot up to 9 levels, else an embedding if the net takes codes",
    )
    min_category: Count = Field(
        1, description="a level with fewer training rows in a fold is unknown there, as one that it never saw"
    )
    select: CountOrNone = Field(
        "none", description="keep this many columns of the data, those with the largest F statistic for the target"
    )
    target: Literal["standard", "log", "quantile"] = Field(
        "standard",
        description="how the target of a regression is learned: standardised; log: log(1 + target), standardised; "
        "quantile: its normal scores; predictions, losses and metrics are in its own units",
    )

    @field_validator("impute", mode="before")
    @classmethod
    def _none_refuses(cls, impute: Any) -> Any:
        """Version 0.1 called it none."""
        return "refuse" if impute == "none" else impute
