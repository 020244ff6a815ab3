from django.urls import path

from bihuan.supervision.views import registering, registers

urlpatterns = [
    path("assignments/", registers.assignments, name="assignments"),
    path("assignments/units/", registers.find_place, name="assignments-units"),
    path("assignments/register/", registering.register_item, name="register-item"),
    *(
        path(
            f"assignments/many/{operation.value}/",
            registers.act_on_many,
            {"operation": operation},
            name=f"many-{operation.value}",
        )
        for operation in registers.MANY
    ),
]
