# SPDX-License-Identifier: AGPL-3.0-or-later
"""How people come to their own pages: signing in, sessions, second factors, printed cards, recovery, and who may act for them.

Nothing that signs anybody in is stored as it is: of cookies, links, cards and codes there is a hash, under a key where it is
short. What a page is opened with never signs in; only what is sent does.
"""
