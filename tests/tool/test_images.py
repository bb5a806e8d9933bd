"""Images that cannot be built or loaded: exit 5, with the words of who failed."""

from tests.tool.world.machine import Answer
from tests.tool.world.objects import pod, waiting
from tests.tool.world.world import Runner, World


def test_build_that_fails_ends_with_5_and_shows_its_end(world: World, slipway: Runner) -> None:
    errors_ = "#9 0.4 ModuleNotFoundError: nothing\nERROR: failed to solve: process did not complete: exit code: 1\n"
    world.faults["docker build"] = Answer(1, "", errors_)
    ran = slipway.up()
    assert ran.code == 5
    assert "docker could not build slipway:" in ran.err
    assert "failed to solve" in ran.err.splitlines()[0]
    assert "  | #9 0.4 ModuleNotFoundError: nothing" in ran.err


def test_load_that_fails_ends_with_5(world: World, slipway: Runner) -> None:
    world.faults["kind load"] = Answer(1, "", "ERROR: failed to load image: no space left on device\n")
    ran = slipway.up()
    assert ran.code == 5
    assert "no space left on device" in ran.err


def test_load_that_loses_images_ends_with_5(world: World, slipway: Runner) -> None:
    world.machine.loses_loads = True
    ran = slipway.up()
    assert ran.code == 5
    assert "without an error, and yet slipway-control-plane lacks slipway:" in ran.err


def test_missing_dockerfile_ends_with_5(world: World, slipway: Runner) -> None:
    (world.project / "Dockerfile").unlink()
    ran = slipway.up()
    assert ran.code == 5
    assert "There is no Dockerfile" in ran.err


def test_a_pod_that_waits_for_an_image_is_made_anew_when_it_is_loaded(world: World, slipway: Runner) -> None:
    slipway.up()
    pods = {"stuck": ("slipway:gone", "ImagePullBackOff"), "broken": ("slipway:gone", "CrashLoopBackOff")}
    pods |= {"other": ("elsewhere:1", "ImagePullBackOff")}
    tag = next(iter(image for image in world.machine.images if image.startswith("slipway:")))
    for name, (image, reason) in pods.items():
        spec = {"containers": [{"name": "slipway", "image": image.replace("slipway:gone", tag)}]}
        world.api.put("/api/v1/pods", pod(name, uid=name, spec=spec, containerStatuses=[waiting(reason)]))
    for container in world.machine.containers:
        container.images.discard(tag)
    ran = slipway.up()
    assert ran.code == 0
    assert [write for write in world.api.writes if write.startswith("DELETE")] == [
        "DELETE /api/v1/namespaces/slipway/pods/stuck"
    ]
    assert "slipway/stuck" in ran.out
