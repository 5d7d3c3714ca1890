"""Reads a spreadsheet in a process of its own: no Django, no database, no secret, little memory and time.

``mrc/spreadsheets.py`` starts this folder as a program: limits as JSON in its only argument, the file on its input,
JSON lines on standard output. First ``{"title", "others"}``, then ``[row, [columns], [values]]`` for each row that
holds something, at last ``{"end": number of rows}``; or ``{"refused": why, ...}`` at any point. What JSON does not
have is a list: ``["day", iso]``, ``["time", iso]``, ``["span", days]``, ``["formula" | "error" | "no_day" | "long",
what is shown]``.

Only Python itself is imported, and each part of the archive is read once, by the parser that also judges it: no second
reader can see something else in the same bytes.
"""

import encodings.cp437  # noqa: F401  names in archives; after ``confine`` no file can be opened any more
import json
import resource
import sys
import zipfile
import zlib
from xml.parsers import expat

from archive import Parts, Refused, open_archive
from workbook import Sheet, Styles, Texts, Workbook


def read(content, limits, send):
    """Send the first visible sheet of the file. Raises Refused."""
    parts = Parts(open_archive(content, limits))
    if parts.workbook not in parts.names:
        raise ValueError(parts.workbook)
    book = Workbook(parts)
    visible = []
    for title, state, relation in book.sheets:
        kind, name = parts.related.get(relation, ("", ""))
        if state == "visible" and kind == "worksheet" and name in parts.names and title != limits["left_out"]:
            visible.append((title, name))
    if not visible:
        raise Refused("no_sheet")
    (title, name), *others = visible
    send({"title": title, "others": [other for other, _name in others]})
    sheet = Sheet(title, book, Texts(parts), Styles(parts), limits, send)
    sheet.read(parts, name)
    send({"end": sheet.filled})


def confine(limits):
    """Take from this process, for good, what it does not need: time, memory, files, sockets, other processes."""
    memory = limits["memory"]
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def sender(output, most):
    """A function that writes a line of JSON; more than ``most`` bytes in all are refused."""
    encode = json.JSONEncoder(separators=(",", ":")).encode
    written = 0

    def send(line):
        nonlocal written
        data = encode(line).encode() + b"\n"
        written += len(data)
        if written > most:
            raise Refused("text")
        output.write(data)

    return send


def main():
    limits = json.loads(sys.argv[1])
    confine(limits)
    output = sys.stdout.buffer
    send = sender(output, limits["output"])
    try:
        read(sys.stdin.buffer.read(), limits, send)
    except Refused as refusal:
        output.write(json.dumps({"refused": refusal.why, **refusal.values}).encode() + b"\n")
    except MemoryError:
        return 1
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        LookupError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        if getattr(error, "code", None) == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
            return 1
        output.write(b'{"refused":"damaged"}\n')
    output.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
