"""The volumes of a stack of containers: one a data folder, one a name that parts share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import docker

from testcontainers_fixtures.engines.engine import Launch
from testcontainers_fixtures.engines.ownership import if_there
from testcontainers_fixtures.part_contents.container_contents import absolute
from testcontainers_fixtures.part_contents.contents import is_within
from testcontainers_fixtures.part_contents.volume_users import VolumeUsers

DATA: Final = "/data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """What a container is made with: volumes by name, with their paths, and the files put in now.

    What lies on a volume is put there once, when that is made.
    """

    volumes: Mapping[str, str]
    files: Mapping[str, Path]


class ContainerVolumes:
    """Makes the volumes of one engine's containers; they bear its labels, and go with it."""

    def __init__(self, client: docker.DockerClient, token: str, labels: dict[str, str]) -> None:
        self._client = client
        self._token = token
        self._labels = labels
        self._users = VolumeUsers()

    def __repr__(self) -> str:
        """Show whose they are."""
        return f"<ContainerVolumes {self._token} {self._users!r}>"

    def provision(self, order: Launch, *, data: bool) -> Provision:
        """Return what a copy's container is made with, each volume made first where it is new.

        `data` tells whether it has a data folder on a volume of its own.
        """
        volumes: dict[str, str] = {}
        kept: list[str] = []
        for name, inside in order.contents.volumes.items():
            # No copy's name has a full stop, so that none of them is this.
            volume = f"gatewaybench-{self._token}-volume.{name}"
            anew = self._users.begins(name, order.name, fresh=order.fresh)
            self._make(volume, anew=anew)
            volumes[volume] = inside
            kept += [] if anew else [inside]
        if data and DATA not in order.contents.tmpfs:
            volume = f"gatewaybench-{self._token}-{order.data_owner}"
            self._make(volume, anew=order.fresh and not order.data_of)
            volumes[volume] = DATA
            kept += [] if order.fresh else [DATA]
        files = absolute(order.contents.files, DATA)
        return Provision(volumes=volumes, files=_without(files, kept))

    def _make(self, volume: str, *, anew: bool) -> None:
        if anew:
            # One that another part still uses stays as it is.
            if_there(lambda: self._client.api.remove_volume(volume))
        self._client.api.create_volume(volume, labels=self._labels)


def _without(files: Mapping[str, Path], folders: list[str]) -> dict[str, Path]:
    return {
        place: file
        for place, file in files.items()
        if not any(is_within(place, folder) for folder in folders)
    }
