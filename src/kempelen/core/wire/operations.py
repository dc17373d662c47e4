"""`@operation`: a function's signature is the wire contract, and here is the registry of them.

`create_worker_block(call, *, worker_id: WorkerId, reason: str)` becomes `CreateWorkerBlock` with the required members
`WorkerId` and `Reason`. No default means required; the annotation is the validation; the return type, a `Structure`
or nothing, is the answer. `@transaction` declares the same facts of functions that are not operations.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, get_type_hints, overload

import msgspec

from kempelen.core.wire import names, shapes
from kempelen.core.wire.errors import SerializationException, ValidationException

Function = TypeVar("Function", bound=Callable[..., Any])

REGISTRY: dict[str, "Operation"] = {}


class Access(NamedTuple):
    """How a function of the market uses the database.

    `reads`: it runs on a snapshot, beside the lanes. `lane`: the arguments that name a row whose Requester's lane it
    runs in, the first that is given; without any, the caller's lane. `prepare`: a function that reads for the same
    caller and arguments first and returns a function of no arguments; its result, made outside any transaction, becomes
    the argument `prepared`.
    """

    reads: bool = False
    lane: tuple[str, ...] = ()
    prepare: Callable[..., Callable[[], Any]] | None = None


_ACCESS: dict[Callable[..., Any], Access] = {}
_IN_CALLERS_LANE = Access()


@overload
def operation(function: Function, /) -> Function: ...
@overload
def operation(*, reads: bool) -> Callable[[Function], Function]: ...
def operation(function: Function | None = None, /, *, reads: bool = False) -> Any:
    """Register a function of the market as an operation of the Requester API; the function stays as it is.

    `reads`: it only reads, on a snapshot. All others run in their Requester's lane.
    """

    def register(function: Function) -> Function:
        built = Operation(function, reads=reads)
        assert built.name not in REGISTRY, f"{built.name} is defined twice"
        REGISTRY[built.name] = built
        _ACCESS[function] = Access(reads=reads)
        return function

    return register if function is None else register(function)


def transaction(
    *,
    reads: bool = False,
    lane: str | tuple[str, ...] = (),
    prepare: Callable[..., Callable[[], Any]] | None = None,
) -> Callable[[Function], Function]:
    """Declare how a function of the market that is no operation uses the database; see `Access`."""

    def declare(function: Function) -> Function:
        _ACCESS[function] = Access(reads, (lane,) if isinstance(lane, str) else lane, prepare)
        return function

    return declare


def access_of(function: Callable[..., Any]) -> Access:
    """How this function uses the database; one that declares nothing writes, in the caller's lane."""
    return _ACCESS.get(function, _IN_CALLERS_LANE)


class Operation:
    """One operation: its wire name, its function, and how its request and answer are read and written."""

    def __init__(self, function: Callable[..., Any], *, reads: bool) -> None:
        hints = get_type_hints(function, include_extras=True)
        parameters = [
            parameter
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        self.function = function
        self.name = names.wire_name(function.__name__)
        self.reads = reads
        self.members: Mapping[str, tuple[Any, bool]] = {
            parameter.name: (hints[parameter.name], parameter.default is inspect.Parameter.empty)
            for parameter in parameters
        }
        self.answer: Any = hints["return"]
        self._read = shapes.structure_decoder([(name, *member) for name, member in self.members.items()])
        self._write = None if self.answer is type(None) else shapes.encoder(self.answer)

    def decode(self, body: bytes) -> dict[str, Any]:
        """The keyword arguments in a JSON body.

        SerializationException when it is not JSON or of the wrong types, ValidationException with every violation
        of the model otherwise.
        """
        faults: list[str] = []
        try:
            members = msgspec.json.decode(body) if body.strip() else {}
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise SerializationException(detail=f"The request body is not valid JSON: {error}") from None
        arguments = self._read(members, "", faults)
        if faults:
            raise ValidationException(faults)
        return arguments

    def encode(self, answer: Any) -> bytes:
        """The answer as compact JSON; nothing to say is `{}`."""
        return b"{}" if self._write is None else msgspec.json.encode(self._write(answer))
