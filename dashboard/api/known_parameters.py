"""Query parameters that an address does not have are refused: a mistyped filter must not be answered with everything.

What an address has is what its function and its dependencies declare, so there is no second list to keep. Numbers are
read as they are written, too: ``level=1_0`` is no level.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from data.digits import decimal_number, whole_number
from data.errors import QueryInvalid
from data.nearest_word import did_you_mean


async def only_known_parameters(request: Request) -> None:
    """Refuse a query parameter that the address does not know, and one given twice where one value counts.

    Raises
    ------
    QueryInvalid
        The error names the parameter and those the address knows.
    RequestValidationError
        A number, also one of the path, is written in another way than in plain digits.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    if request.scope.get("query_string"):
        check_parameters(parameters_of(route), Counter(name for name, _ in request.query_params.multi_items()))
        _check_numbers("query", _fields(route.dependant), request.query_params)
    if request.path_params:
        _check_numbers("path", route.dependant.path_params, request.path_params)


def check_parameters(known: Mapping[str, bool], given: Mapping[str, int]) -> None:
    """Refuse names that are not known, and repetitions where one value counts.

    Parameters
    ----------
    known
        For each name, whether it may be repeated.
    given
        How often each name stands in the address.

    Raises
    ------
    QueryInvalid
    """
    for name, times in given.items():
        if name not in known:
            listed = f"known are {', '.join(sorted(known))}" if known else "this address takes none"
            guess = did_you_mean(name, known)
            raise QueryInvalid(
                f"there is no parameter {name!r} here{guess and f' (did you mean {guess!r}?)'}: {listed}",
                parameter=name, known=sorted(known),
            )  # fmt: skip
        if times > 1 and not known[name]:
            raise QueryInvalid(f"the parameter {name!r} is given {times} times: give it once", parameter=name)


def parameters_of(route: APIRoute) -> Mapping[str, bool]:
    """Return the names of the query parameters that a route knows, and whether each may be repeated."""
    return {field.alias: _may_repeat(field) for field in _fields(route.dependant)}


def _fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from _fields(inner)


def _check_numbers(place: str, fields: Iterable[Any], given: Mapping[str, str]) -> None:
    """Refuse what would be taken for a number although it is not written as one."""
    for field in fields:
        text, kinds = given.get(field.alias), _kinds(field)
        if text is None or not kinds & {int, float}:
            continue
        try:
            whole_number(text) if int in kinds else decimal_number(text)
        except ValueError:
            wanted = "a whole number in plain digits, such as 12" if int in kinds else "a number, such as 120.25"
            found = {"loc": (place, field.alias), "input": text, "msg": f"must be {wanted}"}
            raise RequestValidationError([found]) from None


def _kinds(field: Any) -> set[Any]:
    annotation = field.field_info.annotation
    return {annotation, *get_args(annotation)}


def _may_repeat(field: Any) -> bool:
    return any(get_origin(kind) is list for kind in _kinds(field))
