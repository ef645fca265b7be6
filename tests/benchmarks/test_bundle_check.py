from benchmarks.bundle_check import BundleCheck, measure


def test_a_start_is_timed_with_and_without_a_signature():
    found = measure("fast", 1)

    assert found.plain > 0 and found.required > 0 and found.check > 0


def test_the_share_is_of_the_start_that_checks():
    assert BundleCheck(0.95, 1.0, 0.05).share == 0.05
