from django.urls import path, re_path

from bihuan.org.views import audit, changes, groups, imports, people, picking, units

KINDS = "|".join(changes.KINDS)

urlpatterns = [
    path("org/units/", units.units, name="units"),
    path("org/units/externals/", units.externals, name="externals"),
    path("org/units/new/", units.unit_new, name="unit-new"),
    path("org/units/<int:pk>/", units.unit, name="unit"),
    path("org/units/<int:pk>/edit/", units.unit_edit, name="unit-edit"),
    re_path(
        rf"^org/units/(?P<pk>[0-9]{{1,18}})/(?P<kind>{KINDS})/$", changes.unit_change, name="unit-change"
    ),
    path("org/units/changes/", changes.changes, name="unit-changes"),
    path("org/units/changes/<int:pk>/withdraw/", changes.change_withdraw, name="unit-change-withdraw"),
    path("org/units/groups/", groups.groups, name="groups"),
    path("org/units/groups/new/", groups.group_new, name="group-new"),
    path("org/units/groups/<int:pk>/", groups.group, name="group"),
    path("org/units/groups/<int:pk>/edit/", groups.group_edit, name="group-edit"),
    path("org/units/groups/<int:pk>/dissolve/", groups.group_dissolve, name="group-dissolve"),
    path("org/units/groups/<int:pk>/alias/", groups.group_alias, name="group-alias"),
    path("org/units/groups/aliases/<int:pk>/forget/", groups.alias_forget, name="alias-forget"),
    path("org/people/", people.people, name="people"),
    path("org/people/new/", people.person_new, name="person-new"),
    path("org/people/<int:pk>/", people.person, name="person"),
    path("org/people/<int:pk>/edit/", people.person_edit, name="person-edit"),
    path("org/people/<int:pk>/appoint/", people.person_appoint, name="person-appoint"),
    path("org/people/<int:pk>/hand-over/", people.hand_over, name="hand-over"),
    path("org/people/<int:pk>/password/", people.password_reset, name="password-reset"),
    path("org/people/<int:pk>/retire/", people.person_retire, name="person-retire"),
    path("org/people/<int:pk>/restore/", people.person_restore, name="person-restore"),
    path("org/people/appointments/<int:pk>/end/", people.appointment_end, name="appointment-end"),
    path("org/people/vacancies/", people.vacancies, name="vacancies"),
    path("org/imports/<int:pk>/", imports.preview, name="import"),
    path("org/imports/<int:pk>/confirm/", imports.confirm, name="import-confirm"),
    path("org/imports/<int:pk>/discard/", imports.discard, name="import-discard"),
    re_path(r"^org/(?P<subject>units|people)/import/$", imports.upload, name="import-new"),
    re_path(r"^org/(?P<subject>units|people)/export/$", imports.export, name="import-export"),
    re_path(r"^org/(?P<subject>units|people)/template/$", imports.template, name="import-template"),
    path("org/audit/", audit.audit, name="audit"),
    path("org/pick/<str:source>/", picking.pick, name="org-pick"),
]
