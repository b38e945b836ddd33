import json
from uuid import UUID

from benchmarks.cases import Decided, Shape, day, document, ids, peers_case
from benchmarks.contenders.payload import decided, opened, place_of, raised
from benchmarks.stored import CHANGEABLE, other
from services.intake.submissions import document as documents
from services.programme.directory_file import shelters

SHAPE = Shape(2_500, (Decided(0, 400, 0), Decided(1, 700, 0), Decided(1, 900, 320), Decided(2, 800, 310)))


def test_a_load_is_the_sample_day_over_and_over_under_ids_that_never_repeat() -> None:
    submitted = ids(7, 2 * len(day()))
    assert len(set(submitted)) == len(submitted)
    assert submitted == ids(7, 2 * len(day()))
    assert not set(submitted) & set(ids(8, len(submitted)))
    for number in (0, len(day()), 2 * len(day()) - 1):
        read = documents.read_bytes(document(number, submitted[number]), shelters=shelters())
        assert read.submission_id == submitted[number]
    first, again = (json.loads(document(number, submitted[number])) for number in (0, len(day())))
    assert first | {"submission_id": ""} == again | {"submission_id": ""}


def test_a_shape_survives_its_way_to_another_process() -> None:
    assert Shape.of(json.loads(json.dumps(SHAPE.plain()))) == SHAPE
    assert SHAPE.alerts == 2


def test_a_peers_events_have_the_number_and_the_size_of_the_real_ones() -> None:
    case = peers_case(ids(1, 1)[0])
    first = opened(case, 0, [SHAPE])
    assert len(first.state()) == 2_500
    second = decided(first.state(), [SHAPE])
    assert [len(fact.state()) for fact in second] == [400, 700, 900, 800]
    assert [fact.version for fact in second] == [1, 1, 2, 1]
    assert len({fact.stream for fact in second}) == 3
    third = [fact for one in second for fact in raised(one.state(), [SHAPE])]
    assert [len(fact.state()) for fact in third] == [320, 310]
    assert {peers_case(fact.stream) for fact in third} == {case}
    assert len({fact.stream for fact in third}) == 2
    assert place_of(third[1].state()) == (case, 0, 3)


def test_a_copy_of_stored_events_has_other_ids_of_the_same_kind() -> None:
    originals = ids(3, 50)
    copies = [other(one, CHANGEABLE) for one in originals]
    assert not set(copies) & set(originals)
    assert {(one.version, one.variant) for one in copies} == {(4, UUID(int=0, version=4).variant)}
    assert [other(one, CHANGEABLE) for one in copies] == originals
