"""What is known of each data set: pictures, lists, rules, licences, sources, whom to cite.

`datasets.registry` gives access by name. This module imports nothing but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Subject = Literal["body", "face", "animal"]


@dataclass(frozen=True)
class ListSpec:
    """One frozen list of a data set.

    Attributes:
        name: ``v1``, or ``v1-`` and what is special about it.
        text: What the list is for.
        changes: Parameters (name, value) in which it differs from `DatasetSpec.parameters`.
    """

    name: str
    text: str
    changes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class DatasetSpec:
    """One data set, as it is known in the literature.

    Attributes:
        name: The name used in ``params.yaml``, in stage names and in paths.
        title: The name used in text and tables.
        subject: What moves. Decides which extractors apply: there is none for animals.
        size: Side of the square crop in pixels in the full profile.
        licence: What is known about the licence of the videos and of the lists.
        homepage: Where the data set is described.
        bibtex: The entry to cite.
        native: Size and rate of the source videos, as far as they are known.
        frames: Frame policy: ``ref-fps`` takes the frame nearest to each frame of the reference
            rate, ``as-decoded`` every frame of the window.
        resizer: A name of `datasets.resize.RESIZERS`.
        box_policy: What a box means that passes the edge or is not square; see `datasets.crop`.
        format: Which files the videos are: ``avc1-1080`` is the selector of the downloader,
            ``files`` the host's own files, ``archive`` those of its archive.
        sources: Where its videos can come from, best first: ``youtube`` (by id), ``files`` (by the
            URLs of its list), ``archive`` (one file with everything), ``mirror`` (a URL template
            with ``{video_id}``), ``videos`` (a local folder of source videos), ``ready`` (a local
            folder of ready crops).
        lists: Its frozen lists, the main one first.
        unusable: Why the data set is on no board; empty if it can be used.
    """

    name: str
    title: str
    subject: Subject
    size: int
    licence: str
    homepage: str
    bibtex: str
    native: str = ""
    frames: str = "ref-fps"
    resizer: str = "area-antialias"
    box_policy: str = "clip"
    format: str = "avc1-1080"
    sources: tuple[str, ...] = ("youtube", "mirror", "videos", "ready")
    lists: tuple[ListSpec, ...] = ()
    unusable: str = ""

    @property
    def has_keypoints(self) -> bool:
        """Whether a keypoint and an identity extractor exist for this subject."""
        return self.subject != "animal"

    @property
    def parameters(self) -> dict[str, str]:
        """What decides about the pixels of its main list, besides the list; part of its id."""
        return {
            "box_policy": self.box_policy,
            "format": self.format,
            "frames": self.frames,
            "resizer": self.resizer,
            "size": str(self.size),
        }


V1 = ListSpec("v1", "the list that boards and citations mean")
LITE = ListSpec("v1-lite", "the test list, few videos to train on: a real result in hours")
AS_IS = ListSpec(
    "v1-asis",
    "the list as the authors' loader yields it, uncorrected: to compare with published numbers",
    (("frames", "as-decoded"), ("resizer", "skimage-0.14")),
)

_FOMM_BIB = """@inproceedings{siarohin2019first,
  title = {First Order Motion Model for Image Animation},
  author = {Siarohin, Aliaksandr and Lathuili{\\`e}re, St{\\'e}phane and
            Tulyakov, Sergey and Ricci, Elisa and Sebe, Nicu},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2019}
}"""

BOARDS: tuple[DatasetSpec, ...] = (
    DatasetSpec(
        name="taichi-hd",
        title="Tai-Chi-HD",
        subject="body",
        size=256,
        licence="YouTube videos belong to their uploaders; the lists carry no licence file",
        homepage="https://github.com/AliaksandrSiarohin/video-preprocessing",
        bibtex=_FOMM_BIB,
        native="280 YouTube videos, 480 to 1440 px high, 15 to 59.94 fps; boxes of 256 to 1072 px",
        lists=(V1, LITE),
    ),
    DatasetSpec(
        name="voxceleb",
        title="VoxCeleb",
        subject="face",
        size=256,
        licence="annotations CC BY 4.0; YouTube videos belong to their uploaders",
        homepage="https://www.robots.ox.ac.uk/~vgg/data/voxceleb/",
        bibtex="""@inproceedings{nagrani2017voxceleb,
  title = {VoxCeleb: a large-scale speaker identification dataset},
  author = {Nagrani, Arsha and Chung, Joon Son and Zisserman, Andrew},
  booktitle = {Interspeech},
  year = {2017}
}""",
        native="3442 YouTube videos, mostly 1280x720, annotated at 25 fps; boxes are not square",
        lists=(V1, AS_IS, LITE),
    ),
    DatasetSpec(
        name="fashion",
        title="Fashion",
        subject="body",
        size=256,
        licence="no video licence is stated; DwNet's repository is CC BY-NC 4.0",
        homepage="https://vision.cs.ubc.ca/datasets/fashion/",
        bibtex="""@inproceedings{zablotskaia2019dwnet,
  title = {DwNet: Dense warp-based network for pose-guided human video generation},
  author = {Zablotskaia, Polina and Siarohin, Aliaksandr and Zhao, Bo and Sigal, Leonid},
  booktitle = {British Machine Vision Conference},
  year = {2019}
}""",
        native="600 MP4 files, portrait, about 350 frames each; no boxes: whole pictures",
        box_policy="pad",
        format="files",
        sources=("files", "mirror", "videos", "ready"),
        lists=(V1, LITE),
    ),
    DatasetSpec(
        name="mgif",
        title="MGif",
        subject="animal",
        size=256,
        licence="collected by image search; no licence is known, do not redistribute",
        homepage="https://github.com/AliaksandrSiarohin/monkey-net",
        bibtex="""@inproceedings{siarohin2019animating,
  title = {Animating Arbitrary Objects via Deep Motion Transfer},
  author = {Siarohin, Aliaksandr and Lathuili{\\`e}re, St{\\'e}phane and
            Tulyakov, Sergey and Ricci, Elisa and Sebe, Nicu},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition},
  year = {2019}
}""",
        native="1000 GIF files of 5 to 100 frames, no boxes: whole pictures on white",
        box_policy="pad",
        format="archive",
        sources=("archive", "videos", "ready"),
        lists=(V1, LITE),
    ),
)
"""The data sets of the boards."""

OTHERS: tuple[DatasetSpec, ...] = (
    DatasetSpec(
        name="ted-talks",
        title="TED-talks",
        subject="body",
        size=384,
        licence="videos belong to TED and YouTube's terms apply; the repository grants no licence",
        homepage="https://github.com/snap-research/articulated-animation",
        bibtex="""@inproceedings{siarohin2021motion,
  title = {Motion Representations for Articulated Animation},
  author = {Siarohin, Aliaksandr and Woodford, Oliver J. and Ren, Jian and Chai, Menglei and
            Tulyakov, Sergey},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition},
  year = {2021}
}""",
        native="411 YouTube videos; 1177 training clips, and 145 test clips as recalled",
        unusable="the ted-metadata.csv of its repository (1320 rows, sha256 "
        "9d1cf428c9619ffd2b440edaf578569e774b157835c2b9e2f3bffac00c620001) is the wrong file: "
        "every row is training, start and end are 0, the times are hidden inside video_id, and "
        "fps and sizes are those of clips that were already cropped. The right one, "
        "ted384-metadata.csv, was only ever attached to issue 12 of that repository",
    ),
    DatasetSpec(
        name="uva-nemo",
        title="UvA-Nemo",
        subject="face",
        size=256,
        licence="on request, by a licence form; do not redistribute",
        homepage="https://www.uva-nemo.org",
        bibtex="""@inproceedings{dibeklioglu2012smile,
  title = {Are you really smiling at me? Spontaneous versus posed enjoyment smiles},
  author = {Dibeklio{\\u{g}}lu, Hamdi and Salah, Albert Ali and Gevers, Theo},
  booktitle = {European Conference on Computer Vision},
  year = {2012}
}""",
        native="1240 videos of 400 persons (597 spontaneous, 643 posed smiles), 1920x1080, 50 fps",
        format="files",
        sources=("videos", "ready"),
        unusable="videos come by licence form only, and the nemo-metadata.csv that the authors' "
        "code names was never published: boxes have to be found anew (the face box of the first "
        "frame, 10 % larger on each side, square)",
    ),
    DatasetSpec(
        name="bair",
        title="BAIR robot pushing",
        subject="animal",
        size=256,
        licence="no licence is known of the 256x256 copy",
        homepage="https://sites.google.com/view/sna-visual-mpc",
        bibtex="""@inproceedings{ebert2017self,
  title = {Self-Supervised Visual Planning with Temporal Skip Connections},
  author = {Ebert, Frederik and Finn, Chelsea and Lee, Alex X. and Levine, Sergey},
  booktitle = {Conference on Robot Learning},
  year = {2017}
}""",
        native="43264 training and 256 test videos of 30 frames, 64x64 (a copy: 256x256)",
        format="archive",
        sources=("archive", "ready"),
        unusable="the videos are 64x64; the authors' 256x256 copy (yadi.sk/d/Rr-fjn-PdmmqeA, 128 "
        "test clips by their list of pairs) could not be had, so neither list nor digest is known",
    ),
)
"""Data sets of the literature that are on no board, and why."""
