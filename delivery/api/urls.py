from django.urls import path

from delivery.api import queues

urlpatterns = [
    path("queues", queues.Queues.as_view(), name="queues"),
    path("queues/<str:name>", queues.OneQueue.as_view(), name="queue"),
    path("queues/<str:name>/<int:number>", queues.Waiting.as_view(), name="queued"),
]
