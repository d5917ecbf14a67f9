"""`zoetrope serve`: the JSON-RPC service that the Blender extension starts."""

from zoetrope.cli.options import Device, DeviceName, Engine, EngineName, Weights
from zoetrope.engines import create_engine
from zoetrope.engines.weights.folders import find_weights, further_engines


def serve(weights: Weights = None, device: Device = DeviceName.AUTO, engine: Engine = EngineName.DNF) -> None:
    """Answer JSON-RPC requests on stdin and stdout (see docs/protocol.md)."""
    from zoetrope.service.server import run

    folder = weights or find_weights()
    others = further_engines(folder) if engine == EngineName.DNF else ()
    run(lambda name: create_engine(name or engine.value, folder, device.value), others)
