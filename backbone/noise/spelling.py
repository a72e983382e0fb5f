"""How English words sound: rules from letters to sounds, and the frequent words that follow none.

The first rule that fits is taken, then the letters after it are read, as in Elovitz et al. 1976 ("Letter-to-Sound
Rules for Automatic Translation of English Text to Phonetics"); the rules themselves are our own. A rule reads
`left(letters)right=sounds`. In what stands around the letters, `^` and `$` are the ends of the word, `V` is a vowel
letter, `C` any other, `E` one of e, i, y, and `M` an ending before which a vowel is long.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from backbone.noise.sounds import SOUNDS

__all__ = ["pronounce", "spoken"]

_RULES = """
^(a)w[aeo]=ah (aunt)=ae,n,t (augh)t=ao (augh)=ae,f (au)=ao (aw)=ao (air)=eh,r (aigh)=ey V.*t(ain)s?$=ah,n
(ai)=ey (ayor)=ey,er (ay)=ey (alk)=ao,k (all)(?:s|ed|er|ing)?$=ao,l (al)[td]=ao,l (alm)=aa,m (alf)$=ae,f
(arr)V=ae,r (are)$=eh,r w(ar)=ao,r V.*C(ard)=er,d (ar)V=eh,r V.*C(ar)s?$=er (ar)=aa,r (a)nge=ey
(a)ste[ds]?$=ey V.*C(age)$=ih,jh (ation)=ey,sh,ah,n (a)CM=ey (a)Cle$=ey (a)Cy$=ey ^(a)[bdfglmnprvw]V=ah
qu(a)=aa w(a)[lnst]=aa (a)$=ah V.*C(al)s?$=ah,l V.*C(an)s?$=ah,n (a)=ae
(bb)=b m(b)$= (bt)$=t (b)=b
(ch)[rl]=k s(ch)=k (ch)=ch (cc)E=k,s (cc)=k (ck)=k (ci)[ao]=sh (ce)an=sh s(c)E= (c)E=s (cq)=k (c)=k
(dd)=d (dge)$=jh (dg)E=jh (dj)=jh (d)=d
^C*(e)$=iy (e)$= [td](ed)$=ih,d V.*[pkfsxh](ed)$=t V.*(ed)$=d [szxhcg](es)$=ih,z V.*(es)$=z (ere)$=ih,r
(ear)[nltc]=er (ear)=ih,r (eau)=ow (ead)=eh,d (ea)th=eh (ea)su=eh (eer)=ih,r V.*C(ean)s?$=iy,ah,n (ea)=iy
(ese)$=iy,z (ee)=iy (eigh)=ey (eir)=eh,r (ei)=iy ^C*(ey)$=ey (ey)=iy (eu)=y,uw (ew)=uw V.*C(er)V=er
(err)V=eh,r (er)V=eh,r (er)=er (e)Ce$=iy ^[bdr](e)CV=ih V.*C(e)[nlm]$=ah V.*C(et)s?$=ih,t (eo)=iy,ow
V.*C(e)(?:ly|ment|ful|less)= (e)=eh
(ff)=f (f)=f
(gg)=g ^(gn)=n (gn)$=n ^(gh)=g (gh)= (gue)$=g (ge)$=jh (g)E=jh (g)=g
^(h)=hh V(h)V=hh C(h)V=hh (h)=
(igh)=ay (ign)$=ay,n (ild)$=ay,l,d (ind)(?:s|er|ers|ing)?$=ay,n,d ^C*(ies)$=ay,z (ies)$=iy,z ^C*(ied)$=ay,d
(ied)$=iy,d ^C*(ie)$=ay (ier)$=iy,er (ie)=iy (iew)=y,uw (ious)=iy,ah,s (iou)=iy,ah (ia)=iy,ah (io)=iy,ow
(ire)$=ay,er (ir)V=ih,r (ir)=er (ique)$=iy,k V.*C(ine)$=iy,n [st](ive)$=ih,v [ft](ice)$=ih,s (i)CM=ay
(i)Cle$=ay ^C*(i)$=ay (i)$=iy (i)=ih
(j)=jh
^(kn)=n (kk)=k (k)=k
(ll)=l C(le)$=ah,l C(les)$=ah,l,z C(led)$=ah,l,d (l)=l
(mm)=m (mn)$=m (m)=m
(nge)$=n,jh (ng)(?:s|ing|ings)?$=ng (ng)th=ng,k (ng)E=n,jh (ng)=ng,g (nk)=ng,k (nx)=ng,k,s (nn)=n (n)=n
(oar)=ao,r (oa)=ow (oes)$=ow,z (oe)$=ow (oi)=oy (oy)=oy (ook)=uh,k (oor)=ao,r [ghw](ood)=uh,d (oo)=uw
(ough)t=ao (ough)=ah,f (ould)=uh,d (oul)=ow,l (our)=ao,r (ous)$=ah,s (ou)=aw ^[bchnvw](ow)$=aw (own)=aw,n
(ow)[der]=aw (ow)=ow (ore)=ao,r w(or)=er V.*C(or)s?$=er (or)=ao,r (ol)[dt]=ow,l (oll)=ow,l (olk)=ow,k
[hmp](ost)=ow,s,t (other)=ah,dh,er (ong)=ao,ng (ove)$=ah,v (o)CM=ow (o)C?[lr]e$=ow V.*C(on)s?$=ah,n
V.*C(om)$=ah,m (o)s?$=ow (o)CV=ow (o)=aa
(ph)=f (pp)=p ^(ps)=s (p)=p
(que)$=k (qu)=k,w (q)=k
[bt](re)$=er (rr)=r (rh)=r (r)=r
(sh)=sh (ssion)=sh,ah,n (ssure)=sh,er (ss)=s (sc)E=s V(sion)=zh,ah,n (sion)=sh,ah,n (sual)=zh,uw,ah,l
(sure)$=zh,er (shion)=sh,ah,n (sten)$=s,ah,n (stle)s?$=s,ah,l V(sed)$=z,d
(ism)$=ih,z,ah,m
^(s)=s V(s)V=z [ptkfh](s)$=s ^C*V(s)$=s [ui](s)$=s V(s)$=z C(s)$=z (s)=s
(tch)=ch V(th)er=dh (the)$=dh (th)=th (tion)=sh,ah,n (tial)=sh,ah,l (tious)=sh,ah,s (tian)=sh,ah,n
(ture)=ch,er (tual)=ch,uw,ah,l (tt)=t (t)=t
g(u)[ei]= b(ui)ld=ih (ui)[ct]=uw (uy)$=ay (ue)=uw (ure)=y,uh,r (urr)V=er (ur)V=uh,r (ur)=er ^(uni)=y,uw,n,ih
[bfp](ull)=uh,l [bp](u)sh=uh [djlnrst](u)CM=uw (u)CM=y,uw [djlnrst](u)CV=uw ^(u)[st][aeu]=y,uw
[bcfghkmpv](u)CV=y,uw (u)$=uw (u)=ah
(vv)=v (v)=v
^(wr)=r (wh)=w V(w)$= (w)=w
^(x)=z ^e(x)V=g,z (x)=k,s
^(y)V=y ^C+(y)$=ay (y)CM=ay (y)$=iy V(y)V=y (y)CV=ay (y)=ih
(zz)=z (z)=z
"""

_CLASSES = {
    "V": "[aeiouy]",
    "C": "[^aeiouy]",
    "E": "[eiy]",
    "M": "(?:e|es|ed|er|ers|ing|ings|ely|eless|eful)$",
}

#: Frequent words that no rule reads right; a letter alone is said by its name.
_IRREGULAR = """
a=ah b=b,iy c=s,iy d=d,iy e=iy f=eh,f g=jh,iy h=ey,ch i=ay j=jh,ey k=k,ey l=eh,l m=eh,m n=eh,n o=ow p=p,iy
q=k,y,uw r=aa,r s=eh,s t=t,iy u=y,uw v=v,iy w=d,ah,b,ah,l,y,uw x=eh,k,s y=w,ay z=z,iy the=dh,ah of=ah,v
to=t,uw do=d,uw does=d,ah,z done=d,ah,n doing=d,uw,ih,ng who=hh,uw whose=hh,uw,z whom=hh,uw,m you=y,uw
your=y,ao,r yours=y,ao,r,z you're=y,ao,r you'll=y,uw,l you've=y,uw,v are=aa,r was=w,aa,z is=ih,z his=hh,ih,z
as=ae,z has=hh,ae,z have=hh,ae,v having=hh,ae,v,ih,ng i'm=ay,m i'd=ay,d i'll=ay,l i've=ay,v
isn't=ih,z,ah,n,t don't=d,ow,n,t won't=w,ow,n,t can't=k,ae,n,t it's=ih,t,s that's=dh,ae,t,s what's=w,ah,t,s
there's=dh,eh,r,z let's=l,eh,t,s we're=w,ih,r they're=dh,eh,r he's=hh,iy,z she's=sh,iy,z we'll=w,iy,l
doesn't=d,ah,z,ah,n,t what=w,ah,t want=w,aa,n,t this=dh,ih,s that=dh,ae,t these=dh,iy,z those=dh,ow,z
they=dh,ey them=dh,eh,m then=dh,eh,n than=dh,ae,n there=dh,eh,r their=dh,eh,r where=w,eh,r were=w,er
with=w,ih,dh though=dh,ow through=th,r,uw thorough=th,er,ow from=f,r,ah,m for=f,ao,r or=ao,r on=aa,n
one=w,ah,n once=w,ah,n,s two=t,uw four=f,ao,r eight=ey,t some=s,ah,m come=k,ah,m coming=k,ah,m,ih,ng
become=b,ih,k,ah,m gone=g,aa,n none=n,ah,n give=g,ih,v live=l,ih,v love=l,ah,v move=m,uw,v movie=m,uw,v,iy
movies=m,uw,v,iy,z prove=p,r,uw,v above=ah,b,ah,v cover=k,ah,v,er said=s,eh,d says=s,eh,z any=eh,n,iy
many=m,eh,n,iy been=b,ih,n be=b,iy put=p,uh,t get=g,eh,t getting=g,eh,t,ih,ng girl=g,er,l gift=g,ih,f,t
begin=b,ih,g,ih,n tiger=t,ay,g,er finger=f,ih,ng,g,er forget=f,er,g,eh,t together=t,ah,g,eh,dh,er
people=p,iy,p,ah,l woman=w,uh,m,ah,n women=w,ih,m,ah,n friend=f,r,eh,n,d friends=f,r,eh,n,d,z
again=ah,g,eh,n against=ah,g,eh,n,s,t great=g,r,ey,t break=b,r,ey,k steak=s,t,ey,k heart=hh,aa,r,t
read=r,iy,d lead=l,iy,d hour=aw,er hours=aw,er,z our=aw,er honest=aa,n,ah,s,t son=s,ah,n won=w,ah,n
month=m,ah,n,th monday=m,ah,n,d,ey money=m,ah,n,iy honey=hh,ah,n,iy front=f,r,ah,n,t other=ah,dh,er
mother=m,ah,dh,er brother=b,r,ah,dh,er wednesday=w,eh,n,z,d,ey tuesday=t,uw,z,d,ey sugar=sh,uh,g,er
sure=sh,uh,r use=y,uw,z us=ah,s busy=b,ih,z,iy business=b,ih,z,n,ah,s minute=m,ih,n,ih,t
minutes=m,ih,n,ih,t,s second=s,eh,k,ah,n,d island=ay,l,ah,n,d listen=l,ih,s,ah,n often=ao,f,ah,n
answer=ae,n,s,er music=m,y,uw,z,ih,k album=ae,l,b,ah,m radio=r,ey,d,iy,ow video=v,ih,d,iy,ow
audio=ao,d,iy,ow piano=p,iy,ae,n,ow area=eh,r,iy,ah idea=ay,d,iy,ah real=r,iy,l really=r,ih,l,iy
science=s,ay,ah,n,s quiet=k,w,ay,ah,t diet=d,ay,ah,t lion=l,ay,ah,n violin=v,ay,ah,l,ih,n ocean=ow,sh,ah,n
city=s,ih,t,iy never=n,eh,v,er ever=eh,v,er seven=s,eh,v,ah,n every=eh,v,r,iy eleven=ih,l,eh,v,ah,n
water=w,ao,t,er now=n,aw how=hh,aw allow=ah,l,aw own=ow,n known=n,ow,n shown=sh,ow,n grown=g,r,ow,n
wind=w,ih,n,d hello=hh,ah,l,ow also=ao,l,s,ow only=ow,n,l,iy both=b,ow,th old=ow,l,d please=p,l,iy,z
close=k,l,ow,z house=hh,aw,s could=k,uh,d would=w,uh,d should=sh,uh,d good=g,uh,d blood=b,l,ah,d
flood=f,l,ah,d door=d,ao,r floor=f,l,ao,r enough=ih,n,ah,f rough=r,ah,f tough=t,ah,f laugh=l,ae,f
young=y,ah,ng country=k,ah,n,t,r,iy double=d,ah,b,ah,l touch=t,ah,ch trouble=t,r,ah,b,ah,l group=g,r,uw,p
soup=s,uw,p route=r,uw,t shoe=sh,uw shoes=sh,uw,z alarm=ah,l,aa,r,m thermostat=th,er,m,ah,s,t,ae,t
imagine=ih,m,ae,jh,ih,n machine=m,ah,sh,iy,n magic=m,ae,jh,ih,k living=l,ih,v,ih,ng given=g,ih,v,ah,n
thai=t,ay chinese=ch,ay,n,iy,z breakfast=b,r,eh,k,f,ah,s,t moderate=m,aa,d,er,ah,t yes=y,eh,s yeah=y,ae,ah
bear=b,eh,r wear=w,eh,r eye=ay eyes=ay,z comes=k,ah,m,z service=s,er,v,ih,s sean=sh,ao,n create=k,r,iy,ey,t
recipe=r,eh,s,ah,p,iy favorite=f,ey,v,r,ih,t remove=r,ih,m,uw,v spicy=s,p,ay,s,iy thing=th,ih,ng
saturday=s,ae,t,er,d,ey thursday=th,er,z,d,ey chocolate=ch,aa,k,l,ah,t review=r,ih,v,y,uw deny=d,ih,n,ay
body=b,aa,d,iy copy=k,aa,p,iy nobody=n,ow,b,aa,d,iy closet=k,l,aa,z,ih,t o'clock=ah,k,l,aa,k uh=ah um=ah,m
ah=aa okay=ow,k,ey ok=ow,k,ey mr=m,ih,s,t,er mrs=m,ih,s,ih,z dr=d,aa,k,t,er chef=sh,eh,f cafe=k,ae,f,ey
beyonce=b,iy,aa,n,s,ey bye=b,ay goodbye=g,uh,d,b,ay phone=f,ow,n number=n,ah,m,b,er
"""

_NAMED = str.maketrans({
    "0": "zero ", "1": "one ", "2": "two ", "3": "three ", "4": "four ",
    "5": "five ", "6": "six ", "7": "seven ", "8": "eight ", "9": "nine ",
})  # fmt: skip

_NUMBER = {sound: number for number, sound in enumerate(SOUNDS)}


class _Rule(NamedTuple):
    left: re.Pattern[str]
    letters: str
    right: re.Pattern[str]
    sounds: bytes


def _sounds(listed: str) -> bytes:
    return bytes(_NUMBER[sound] for sound in listed.split(",") if sound)


def _context(written: str) -> str:
    return re.sub("[VCEM]", lambda found: _CLASSES[found.group()], written)


def _rules() -> Mapping[str, tuple[_Rule, ...]]:
    by_letter: dict[str, list[_Rule]] = {}
    for written in _RULES.split():
        # The sounds follow the last sign of equality; a context may hold brackets of its own, `(?:…)`.
        context, _, sounds = written.rpartition("=")
        found = re.fullmatch(r"([^(]*)\(([a-z]+)\)(.*)", context)
        assert found is not None, written
        left, letters, right = found.groups()
        rule = _Rule(
            re.compile(f"(?:{_context(left)})$"), letters, re.compile(_context(right)), _sounds(sounds)
        )
        by_letter.setdefault(letters[0], []).append(rule)
    return {letter: tuple(rules) for letter, rules in by_letter.items()}


_BY_LETTER = _rules()
_KNOWN = {word: _sounds(sounds) for word, _, sounds in (entry.partition("=") for entry in _IRREGULAR.split())}
#: Some recognisers write no apostrophes; what is a word of its own without one is read as that.
_KNOWN |= {
    bare: _KNOWN[word]
    for word in _KNOWN
    if (bare := word.replace("'", "")) not in _KNOWN and bare not in {"ill", "shell", "well", "were"}
}
#: What begins a word that is made of two.
_BEGINNING = re.compile("(any|every|some|where|home|free|fire|side|base)(?=[a-z]{4})")


def spoken(text: str) -> str:
    """Bring a text to the form in which a recogniser writes: lower-case words, no sign but apostrophes.

    Examples
    --------
    >>> spoken("Play  Beyoncé, twenty-one!")
    'play beyonce twenty one'
    """
    # Twice, for what a compatible form is made of may be capital, and a small letter may be made of more.
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower()).replace("’", "'")
    kept = (
        sign if sign.isalnum() or sign == "'" else " " for sign in bare if not unicodedata.combining(sign)
    )
    return " ".join("".join(kept).split())


@lru_cache(maxsize=65_536)
def pronounce(word: str) -> bytes:
    """Say how a word, or several, sound.

    Parameters
    ----------
    word
        As `spoken` writes words.

    Returns
    -------
    bytes
        One number a sound, an index of `backbone.noise.sounds.SOUNDS`. Empty if nothing in it can be said.

    Examples
    --------
    >>> [SOUNDS[number] for number in pronounce("knight")]
    ['n', 'ay', 't']
    """
    parts = [_KNOWN.get(part) or _read(part) for part in word.translate(_NAMED).split()]
    return bytes(_without_repeats(b"".join(parts)))


def _read(word: str) -> bytes:
    bare = word.replace("'", "")
    if begun := _BEGINNING.match(bare):
        return pronounce(begun.group()) + pronounce(bare[begun.end() :])
    if not re.search("[aeiouy]", bare):
        return b"".join(_KNOWN.get(letter, b"") for letter in bare)
    made, at = bytearray(), 0
    while at < len(bare):
        rule = _fitting(bare, at)
        # A letter that English has no rule for is not said.
        made += rule.sounds if rule else b""
        at += len(rule.letters) if rule else 1
    return bytes(made)


def _fitting(word: str, at: int) -> _Rule | None:
    return next(
        (
            rule
            for rule in _BY_LETTER.get(word[at], ())
            if word.startswith(rule.letters, at)
            and rule.right.match(word, at + len(rule.letters))
            and rule.left.search(word[:at])
        ),
        None,
    )


def _without_repeats(sounds: bytes) -> Iterator[int]:
    before = None
    for sound in sounds:
        if sound != before:
            yield sound
        before = sound
