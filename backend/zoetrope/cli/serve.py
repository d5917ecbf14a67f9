"""`zoetrope serve`: the JSON-RPC service that the Blender extension starts."""

from zoetrope.cli.options import Device, DeviceName, Engine, EngineName, Weights
from zoetrope.engines import create_engine, find_weights


def serve(weights: Weights = None, device: Device = DeviceName.AUTO, engine: Engine = EngineName.DNF) -> None:
    """Answer JSON-RPC requests on stdin and stdout (see docs/protocol.md)."""
    from zoetrope.service.server import run

    run(lambda: create_engine(engine.value, weights or find_weights(), device.value))
