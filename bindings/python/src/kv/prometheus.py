"""The metrics of stores for the package prometheus_client, which the extra `prometheus` installs.

    from prometheus_client import REGISTRY
    REGISTRY.register(kv.prometheus.Collector(store))

kv itself does not import this module; it is imported by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING, Union

from . import aio
from .errors import ClosedError
from .store import Store

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.registry import Collector as Base
    from prometheus_client.samples import Sample
else:
    # A registry asks for the method alone.
    Base = object


class Collector(Base):
    """A collector of the metrics of stores, for a registry of prometheus_client.

    The metrics are those of kv.Store.metrics_text: names, types, help and values, with the label
    `store`. Of several stores that are open under one name, such as scopes and handles on one
    file, the first one is shown. A store that was closed is left out. One registry takes one
    collector, with all its stores; `add` has it collect one more.
    """

    def __init__(self, *stores: Union[Store, aio.Store]) -> None:
        try:
            # Here, so that it fails now and not at the first scrape.
            import prometheus_client  # noqa: F401
        except ImportError as error:
            raise ImportError(
                "kv.prometheus needs the package prometheus_client: "
                "pip install 'libkv[prometheus]'"
            ) from error
        self._adding = Lock()
        self._stores: tuple[Store, ...] = ()
        for store in stores:
            self.add(store)

    def add(self, store: Union[Store, aio.Store]) -> None:
        """Collects the metrics of one more store. Any thread may call it."""
        found = store._object if isinstance(store, aio.Store) else store
        if not isinstance(found, Store):
            kind = type(store).__name__
            raise TypeError(f"a collector is of kv.Store or kv.aio.Store, not {kind}")
        with self._adding:
            open_ones = (it for it in self._stores if not it.is_closed and it is not found)
            self._stores = (*open_ones, found)

    def collect(self) -> Iterator[Metric]:
        """Returns the metrics of all stores that are open. A registry calls it for each scrape."""
        from prometheus_client.parser import text_string_to_metric_families

        families: dict[str, Metric] = {}
        seen: set[str] = set()
        for store in self._stores:
            try:
                text = store.metrics_text()
            except ClosedError:
                continue
            own = list(text_string_to_metric_families(text))
            name = name_of(own)
            if name in seen:
                continue
            seen.add(name)
            for family in own:
                kept = families.setdefault(family.name, family)
                if kept is not family:
                    kept.samples.extend(family.samples)
        yield from families.values()


def name_of(families: list[Metric]) -> str:
    """Returns the label `store` of the metrics of one store."""
    samples: Iterator[Sample] = (sample for family in families for sample in family.samples)
    return next(samples).labels["store"]
