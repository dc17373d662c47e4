"""Real chance is drawn ahead, and none of it is given twice."""

from concurrent.futures import ThreadPoolExecutor

from kempelen.market.market import BufferedRandom


def test_numbers_are_of_the_size_asked_for_and_differ():
    drawn = BufferedRandom()
    for bits in (1, 7, 8, 9, 67, 108, 32_767, 40_000):
        numbers = [drawn.getrandbits(bits) for _ in range(40)]
        assert all(0 <= number < 2**bits for number in numbers)
        assert max(numbers).bit_length() > bits - 8
    assert len({drawn.getrandbits(108) for _ in range(20_000)}) == 20_000
    assert {drawn.randrange(6) for _ in range(1000)} == set(range(6))


def test_threads_never_get_the_same():
    drawn = BufferedRandom()
    with ThreadPoolExecutor(8) as threads:
        lists = list(threads.map(lambda _: [drawn.getrandbits(108) for _ in range(2_000)], range(8)))
    assert len({number for numbers in lists for number in numbers}) == 16_000
