"""The archive that a workbook is: judged by its table of contents before anything is unpacked, then read by parts."""

import io
import posixpath
import stat
import zipfile
from xml.parsers import expat

MEGABYTE = 1024 * 1024
CHUNK = 256 * 1024
MOST_PARTS = 1_000
MOST_DEPTH = 64  # of elements in each other; a spreadsheet needs about ten
MOST_RATIO = 200  # unpacked to packed, of parts larger than a megabyte
MOST_STRINGS = 64 * MEGABYTE  # the texts of all cells are held in memory
RELATION = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"


class Refused(Exception):
    """``why``: a key of mrc.spreadsheets.REASONS; ``values`` belong into its sentence."""

    def __init__(self, why, **values):
        super().__init__(why)
        self.why, self.values = why, values


def open_archive(content, limits):
    """The parts of the archive {name: ZipInfo}, judged by its table of contents: nothing is unpacked yet."""
    if content.count(b"PK\x01\x02") > MOST_PARTS:
        raise Refused("odd")
    archive = zipfile.ZipFile(io.BytesIO(content))
    parts = archive.infolist()
    names = [part.filename for part in parts]
    judge_names(names)
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("password")
    if any("vbaproject" in name.lower() for name in names):
        raise Refused("macros")
    if any(name.lower().startswith("xl/externallinks/") for name in names):
        raise Refused("links")
    if is_odd(parts):
        raise Refused("odd")
    too_dense = any(part.file_size > MEGABYTE and part.file_size > MOST_RATIO * part.compress_size for part in parts)
    strings = max((part.file_size for part in parts if "sharedstrings" in part.filename.lower()), default=0)
    if too_dense or strings > MOST_STRINGS or sum(part.file_size for part in parts) > limits["unpacked"]:
        raise Refused("bomb")
    return archive


def judge_names(names):
    if len(set(map(str.lower, names))) < len(names) or any(
        ".." in name.split("/") or name.startswith(("/", "\\")) for name in names
    ):
        raise Refused("odd")
    if "[Content_Types].xml" not in names and "xl/workbook.xml" not in names:
        raise Refused("archive")
    if not any(name.startswith("xl/") for name in names):
        raise Refused("office")


def is_odd(parts):
    """Links to other files, ways of packing that spreadsheets do not use, and parts that lie in each other."""
    if any(stat.S_ISLNK(part.external_attr >> 16) for part in parts):
        return True
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        return True
    end = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < end:
            return True
        end = part.header_offset + zipfile.sizeFileHeader + len(part.filename) + part.compress_size
    return False


class Parts:
    """The parts of the workbook that are read, found by its own relations."""

    def __init__(self, archive):
        self.archive = archive
        self.names = set(archive.namelist())
        office = [target for kind, target in self.relations("").values() if kind == "officeDocument"]
        self.workbook = office[0] if office else "xl/workbook.xml"
        self.related = self.relations(self.workbook)

    def relations(self, name):
        """{id: (kind, name of the part)} of a part; "" is the archive. Those to the outside are left out."""
        folder, base = posixpath.split(name)
        path = posixpath.join(folder, "_rels", f"{base}.rels")
        found = {}

        def relation(attributes):
            if attributes.get("TargetMode") != "External":
                kind = attributes["Type"].rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
                found[attributes["Id"]] = (kind, target)

        if path in self.names:
            self.parse(path, {RELATION: relation})
        return found

    def of_kind(self, kind):
        return next((target for one, target in self.related.values() if one == kind and target in self.names), None)

    def parse(self, name, starts, ends=None, text=None):
        """Read a part through the functions of its elements, and keep nothing. Declarations are refused."""
        ends = ends or {}
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse_declaration
        depth = 0

        def deeper(element, attributes):
            nonlocal depth
            depth += 1
            if depth > MOST_DEPTH:
                refuse_declaration()
            if begin := starts.get(element):
                begin(attributes)

        def higher(element):
            nonlocal depth
            depth -= 1
            if finish := ends.get(element):
                finish()

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = deeper, higher, text
        with self.archive.open(name) as source:
            while chunk := source.read(CHUNK):
                parser.Parse(chunk, False)
        parser.Parse(b"", True)


def refuse_declaration(*declaration):
    raise Refused("declarations")
