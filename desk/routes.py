"""The addresses of the API of the tasks of staff."""

from core.api.routes import route
from desk.viewsets import StaffTaskViewSet

ROUTES = (
    route("staff-tasks", StaffTaskViewSet, "staff_tasks", get="list"),
    route("staff-tasks/<uuid:pk>", StaffTaskViewSet, "staff_task", get="retrieve", patch="partial_update"),
    route("staff-tasks/<uuid:pk>/done", StaffTaskViewSet, "staff_task_done", post="done"),
    route("staff-tasks/<uuid:pk>/dismiss", StaffTaskViewSet, "staff_task_dismiss", post="dismiss"),
    route("staff-tasks/<uuid:pk>/reopen", StaffTaskViewSet, "staff_task_reopen", post="reopen"),
)
