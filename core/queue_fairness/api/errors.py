"""What the API raises besides PlanError and ServerError.

```
FairnessError            one sentence that says what to do
├── PlanError            a field or the queue cannot be used; nothing was run
├── ServerError          there is no usable Redis
└── RunError             the run was made and did not come to its end
AssertionError
└── UnfairError          a result is worse than it was asserted to be
unittest.SkipTest
└── InconclusiveError    a result says too little to assert anything
```
"""

from typing import TYPE_CHECKING

from queue_fairness.errors import FairnessError

if TYPE_CHECKING:
    from queue_fairness.api.result import Result


class RunError(FairnessError):
    """A run that failed: the queue raised, hung or stood still, or the server broke it.

    Attributes:
        result: What was measured until then; its `verdict` may be None. None where even that
            is not known.
        details: Several lines below the sentence, such as the traceback of the queue; may be
            empty.
    """

    def __init__(self, message: str, result: "Result | None", details: str = "") -> None:
        super().__init__(message)
        self.result = result
        self.details = details
        if details:
            self.add_note(details)
