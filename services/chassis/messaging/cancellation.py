"""Cancellation that the NATS client swallowed.

nats-py awaits its answers with ``asyncio.wait_for``, which in Python 3.11 drops a cancellation that arrives together
with the answer. The task was asked to end, does not know it, and whoever waits for it waits for ever.
"""

import asyncio


def raise_if_cancelled() -> None:
    """Ends the current task if it was cancelled and goes on all the same. Called at each turn of an endless loop.

    Raises:
        asyncio.CancelledError: somebody has cancelled the task.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
