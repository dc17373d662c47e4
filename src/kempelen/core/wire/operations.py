"""`@operation`: a function's signature is the wire contract, and here is the registry of them.

`create_worker_block(call, *, worker_id: WorkerId, reason: str)` becomes `CreateWorkerBlock` with the required members
`WorkerId` and `Reason`. No default means required; the annotation is the validation; the return type, a `Structure`
or nothing, is the answer. Functions named `get_…` and `list_…` only read.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_type_hints

import msgspec

from kempelen.core.wire import names, shapes
from kempelen.core.wire.errors import SerializationException, ValidationException

Function = TypeVar("Function", bound=Callable[..., Any])

REGISTRY: dict[str, "Operation"] = {}


def operation(function: Function) -> Function:
    """Register a function of the market as an operation of the Requester API; the function stays as it is."""
    built = Operation(function)
    assert built.name not in REGISTRY, f"{built.name} is defined twice"
    REGISTRY[built.name] = built
    return function


def only_reads(function: Callable[..., Any]) -> bool:
    """Does this function of the market only read? Its name says so."""
    return function.__name__.startswith(("get_", "list_"))


class Operation:
    """One operation: its wire name, its function, and how its request and answer are read and written."""

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = get_type_hints(function, include_extras=True)
        parameters = [
            parameter
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        self.function = function
        self.name = names.wire_name(function.__name__)
        self.reads = only_reads(function)
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
