"""The expressions of fields: `{"$": "json.user.name | upper"}` and `{"$t": "Hello {{ json.user.name }}"}`.

The grammar is Jinja's, without statements. JSON goes in, JSON comes out; time, memory and size are bounded
whatever an editor writes (see `limits`). Jinja is imported when the first expression that is more than a
path is compiled.
"""

from a8n.expressions.compiler import Expression, compile_expression
from a8n.expressions.errors import ExpressionError
from a8n.expressions.reference import FilterDoc, reference
from a8n.expressions.rename import rename_node
from a8n.expressions.scope import ROOTS, Scope, exposed

__all__ = [
    "ROOTS",
    "Expression",
    "ExpressionError",
    "FilterDoc",
    "Scope",
    "compile_expression",
    "exposed",
    "reference",
    "rename_node",
]
