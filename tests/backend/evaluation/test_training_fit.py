"""What the fit of a run says of legs."""

from types import SimpleNamespace

from zoetrope.evaluation.training_fit import Surface, fallen


def test_only_four_legged_ones_on_fewer_legs_have_fallen():
    kinds = ["quadruped", "quadruped", "fish"]
    data = SimpleNamespace(
        creatures=["cow", "rat", "cod"],
        clips=[SimpleNamespace(creature=i, category=kind) for i, kind in enumerate(kinds)],
    )
    legs = {"cow": 3, "rat": 5, "cod": 1}
    assert fallen(data, {name: Surface(0.0, 0.0, count) for name, count in legs.items()}) == ["cow"]
