"""What a recogniser may have heard: a phonetic confusion channel with n-best lists and scores."""

from backbone.noise.channel import Channel
from backbone.noise.listing import Heard
from backbone.noise.profiles import PROFILES, ChannelProfile
from backbone.noise.spelling import pronounce, spoken

__all__ = ["PROFILES", "Channel", "ChannelProfile", "Heard", "pronounce", "spoken"]
