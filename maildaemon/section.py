"""What every section of the configuration has in common: no unknown key, and no change afterwards."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
