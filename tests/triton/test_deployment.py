"""What `config.pbtxt` says to an instance."""

import json

import pytest

from forensics_rt.errors import RecipeError
from forensics_rt.triton.deployment import Deployment


def deployment(kind="CPU", count=2, **parameters):
    config = {
        "instance_group": [{"count": count}],
        "parameters": {name: {"string_value": value} for name, value in parameters.items()},
    }
    return Deployment.read(
        {
            "model_config": json.dumps(config),
            "model_name": "forensics_rt",
            "model_repository": "/models/forensics_rt",
            "model_instance_kind": kind,
            "model_instance_device_id": "1",
        }
    )


def test_what_is_empty_is_not_set():
    found = deployment(threshold="", recipe="max", high_area="64").detector_arguments()
    assert found["high_area"] == 64
    assert (found["threshold"], found["recipe"], found["damaged"]) == (None, "max", "refuse")


def test_a_recipe_of_ones_own_lies_beside_the_model():
    found = deployment(recipe="recipe.toml").detector_arguments()
    assert str(found["recipe"]) == "/models/forensics_rt/recipe.toml"


def test_instances_share_the_processors(monkeypatch):
    monkeypatch.setattr("forensics_rt.triton.deployment.usable_cores", lambda: 9)
    assert [deployment(count=n, threads="auto").threads for n in (1, 2, 4, 16)] == [9, 4, 2, 1]
    assert deployment(threads="3").threads == 3


def test_an_instance_on_a_gpu_has_its_device():
    found = deployment(kind="GPU")
    assert (found.device, found.threads) == ("cuda:1", None)


def test_what_is_no_number_is_named():
    with pytest.raises(RecipeError, match=r"threshold .*must be a number, got 'half'"):
        deployment(threshold="half").detector_arguments()
