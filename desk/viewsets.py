"""The API's entry point to staff tasks, for staff; each sees the kinds that they may work on."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import ApiViewSet
from core.staff import is_trusted_staff
from desk.filters import StaffTaskFilter
from desk.models import StaffTask
from desk.selectors import visible_task, visible_tasks
from desk.serializers import StaffTaskInput, StaffTaskOutput
from desk.services import close_task, reopen_task, update_task
from desk.states import TaskState


class IsStaff(BasePermission):
    """Whoever belongs to the staff; which tasks they see follows from the kinds' actions."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_trusted_staff(request.user)


class StaffTaskViewSet(ApiViewSet):
    """What staff has to do."""

    queryset = StaffTask.objects.none()
    filterset_class = StaffTaskFilter
    bodiless = frozenset({"done", "dismiss", "reopen"})

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated(), IsStaff()]

    @extend_schema(summary="List staff tasks", responses=StaffTaskOutput(many=True))
    def list(self, request: Request) -> Response:
        """The most urgent and oldest first; closed ones too, unless `state` says otherwise."""
        tasks = self.filter_queryset(visible_tasks(request.user))
        return self.page_answer(StaffTaskOutput, self.page_of(tasks))

    @extend_schema(summary="Retrieve a staff task", responses=StaffTaskOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.answer(StaffTaskOutput, visible_task(request.user, pk))

    @extend_schema(summary="Update a staff task", request=StaffTaskInput, responses=StaffTaskOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Assigns an open task, or changes its priority or due date; what is not given stays."""
        visible_task(request.user, pk)
        changes = self.read(StaffTaskInput, partial=True, document=lambda: self.retrieve(request, pk).data)
        return self.answer(StaffTaskOutput, update_task(task_id=pk, **changes))

    @extend_schema(summary="Set a staff task to done", request=None, responses=StaffTaskOutput)
    def done(self, request: Request, pk: UUID) -> Response:
        return self._close(request, pk, TaskState.DONE)

    @extend_schema(summary="Set a staff task to dismissed", request=None, responses=StaffTaskOutput)
    def dismiss(self, request: Request, pk: UUID) -> Response:
        """Nothing is to be done about it; it does not come back while its cause lasts."""
        return self._close(request, pk, TaskState.DISMISSED)

    @extend_schema(summary="Set a staff task to open again", request=None, responses=StaffTaskOutput)
    def reopen(self, request: Request, pk: UUID) -> Response:
        """For one that was closed by mistake; `cause_is_gone` if what it was about is settled."""
        visible_task(request.user, pk)
        return self.answer(StaffTaskOutput, reopen_task(task_id=pk))

    def _close(self, request: Request, pk: UUID, to: TaskState) -> Response:
        visible_task(request.user, pk)
        return self.answer(StaffTaskOutput, close_task(task_id=pk, to=to, actor=request.user))
