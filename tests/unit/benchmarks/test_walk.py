from benchmarks.walk import counts, stays


def test_calls_in_one_file_one_after_the_other_are_one_stay() -> None:
    assert stays(["a", "a", "b", "a", "a"]) == ["a", "b", "a"]
    assert stays([]) == []


def test_a_stay_in_a_file_that_was_left_before_is_a_return() -> None:
    steps = [("a", "f"), ("b", "g"), ("b", "h"), ("a", "f"), ("c", "i"), ("b", "g")]
    assert counts(steps) == (3, 5, 2)
    assert counts([]) == (0, 0, 0)
