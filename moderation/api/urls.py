from django.urls import path

from moderation.api import header_matches, held

urlpatterns = [
    path("lists/<str:list_id>/header-matches", header_matches.HeaderMatches.as_view(), name="header-matches"),
    path("lists/<str:list_id>/header-matches/find", header_matches.FoundHeaderMatches.as_view(), name="found-matches"),
    path(
        "lists/<str:list_id>/header-matches/<int:number>", header_matches.OneHeaderMatch.as_view(), name="header-match"
    ),
    path("lists/<str:list_id>/held", held.HeldMessages.as_view(), name="held"),
    path("lists/<str:list_id>/held/count", held.HeldCount.as_view(), name="held-count"),
    path("lists/<str:list_id>/held/<int:number>", held.OneHeldMessage.as_view(), name="held-message"),
]
