"""Ray as an executor."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

try:
    import ray
except ImportError as error:
    raise ImportError(f'{error}; expected Ray: pip install "seqaug[ray]"') from error

# What is larger travels once to the object store, and from there to each machine.
_LARGE = 100_000
_KEPT = 8


class RayExecutor(Executor):
    """A `concurrent.futures.Executor` over Ray tasks, for `executor=` of a sequence.

    ```python
    train = SegmentationSequence(images, masks, executor=seqaug.ray.RayExecutor(), max_queue_size=64)
    ```

    It starts Ray on this machine, unless Ray is initialized already (`ray.init(address=...)` joins a cluster). Tasks
    whose worker or machine is lost are restarted.

    Args:
        num_cpus: cores that a task reserves.
        **options: further options of a Ray task, such as `resources` or `runtime_env`; see `ray.remote`.
    """

    def __init__(self, num_cpus: float = 1, **options: Any) -> None:
        self._is_mine = not ray.is_initialized()
        if self._is_mine:
            ray.init()
        # A machine may be taken away any number of times; a task that ends its worker each time is given up.
        self._remote = ray.remote(num_cpus=num_cpus, **{"max_retries": 3, **options})(_call)
        self._num_cpus = num_cpus
        self._lock = threading.Lock()
        self._stored: OrderedDict[int, tuple[bytes, Any]] = OrderedDict()
        self._running: set[Future[Any]] = set()
        self._is_shut_down = False

    @property
    def _max_workers(self) -> int:
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return max(int(resources.get("CPU", 1) / (self._num_cpus or 1)), 1)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a task.

        Args:
            fn: a function, which Ray pickles.
            *args: its arguments; large bytes passed repeatedly are sent once.
            **kwargs: its keyword arguments.

        Returns:
            A future of its result; arrays in it are read-only views of Ray's object store. Cancelling the future
            cancels the task.

        Raises:
            RuntimeError: the executor was shut down.
        """
        with self._lock:
            if self._is_shut_down:
                raise RuntimeError("cannot schedule new futures after shutdown")
            reference = self._remote.remote(fn, *map(self._sent, args), **kwargs)
            future: Future[Any] = reference.future()
            self._running.add(future)
        future.add_done_callback(self._ended(reference))
        return future

    def _sent(self, argument: Any) -> Any:
        if not isinstance(argument, bytes) or len(argument) < _LARGE:
            return argument
        # By identity: to compare them would take as long as to send them.
        if id(argument) not in self._stored:
            self._stored[id(argument)] = argument, ray.put(argument)
            if len(self._stored) > _KEPT:
                self._stored.popitem(last=False)
        self._stored.move_to_end(id(argument))
        return self._stored[id(argument)][1]

    def _ended(self, reference: Any) -> Callable[[Future[Any]], None]:
        def ended(future: Future[Any]) -> None:
            self._running.discard(future)
            if future.cancelled() and ray.is_initialized():
                ray.cancel(reference, force=False)

        return ended

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more tasks; stop Ray, if this executor started it.

        Args:
            wait: whether to wait for running tasks.
            cancel_futures: whether to cancel tasks that have not started.
        """
        with self._lock:
            self._is_shut_down = True
            self._stored.clear()
            running = list(self._running)
        if cancel_futures:
            for future in running:
                future.cancel()
        if wait:
            for future in running:
                if not future.cancelled():
                    future.exception()
        if self._is_mine and wait:
            self._is_mine = False
            ray.shutdown()


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)
