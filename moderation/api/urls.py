from django.urls import path

from moderation.api import held

urlpatterns = [
    path("lists/<str:list_id>/held", held.HeldMessages.as_view(), name="held"),
    path("lists/<str:list_id>/held/count", held.HeldCount.as_view(), name="held-count"),
    path("lists/<str:list_id>/held/<int:number>", held.OneHeldMessage.as_view(), name="held-message"),
]
