from django.urls import path

from delivery.api import archivers, digest, queues

urlpatterns = [
    path("lists/<str:list_id>/archivers", archivers.ListArchivers.as_view(), name="archivers"),
    path("lists/<str:list_id>/digest", digest.ListDigest.as_view(), name="digest"),
    path("queues", queues.Queues.as_view(), name="queues"),
    path("queues/<str:name>", queues.OneQueue.as_view(), name="queue"),
    path("queues/<str:name>/<int:number>", queues.Waiting.as_view(), name="queued"),
]
