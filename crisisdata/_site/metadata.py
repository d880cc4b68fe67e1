"""Metadata for machines that find and cite the edition: schema.org, DataCite, typed links, a sitemap."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import crisisdata as cd
from crisisdata._site.book import Book, Row

JSONLD, DATACITE, SITEMAP = "dataset.jsonld", "datacite.json", "sitemap.xml"
_PUBLIC = "http://purl.org/coar/access_right/c_abf2"
"""Open access, in the vocabulary of the Confederation of Open Access Repositories."""


def dataset(book: Book, base_url: str, files: Sequence[Row]) -> dict[str, Any]:
    """Return the edition as a schema.org `Dataset`; without a base address, its addresses are relative."""
    descriptor, edition = book.descriptor, book.edition
    here = base_url or "index.html"
    makers = [{"@type": "Organization", "name": each["title"]} for each in descriptor["contributors"]]
    licences = [each["path"] for each in descriptor["licenses"]]
    return {
        # A context that is only named would be fetched from the network by whoever reads it.
        "@context": {"@vocab": "https://schema.org/"},
        "@type": "Dataset",
        "@id": here,
        "identifier": [base_url or here, edition.content_hash],
        "url": here,
        "name": descriptor["title"],
        "alternateName": f"{descriptor['name']} {edition.name}",
        "description": descriptor["description"],
        "version": edition.name,
        "creator": makers,
        "publisher": makers[0] if makers else None,
        "license": licences,
        "isAccessibleForFree": True,
        "conditionsOfAccess": _PUBLIC,
        "keywords": descriptor.get("keywords", []),
        "inLanguage": "en",
        "datePublished": descriptor["created"][:10],
        "dateCreated": descriptor["created"][:10],
        "dateModified": descriptor["created"][:10],
        "citation": descriptor["citation"],
        "creditText": cd.cite(version=edition),
        "measurementTechnique": descriptor["coding"],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": name, "description": field["description"], "unitText": field.get("unit")}
            for name, field in book.fields("episodes").items()
            if not book.is_end_of_date("episodes", name)
        ],
        "isBasedOn": [
            {"@type": "CreativeWork", "name": row["title"], "url": row["url"], "publisher": row["publisher"]}
            for row in _most_read(book)
        ],
        "temporalCoverage": _span(book),
        "spatialCoverage": [{"@type": "Place", "name": name, "identifier": iso3} for iso3, name in places(book)],
        "includedInDataCatalog": {"@type": "DataCatalog", "name": descriptor["name"], "url": here},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file["name"],
                "contentUrl": base_url + file["path"],
                "encodingFormat": file["media"],
                "contentSize": f"{file['bytes']} B",
                "sha256": file["sha256"],
            }
            for file in files
        ],
    }


def _most_read(book: Book, most: int = 25) -> list[Row]:
    """Return the sources with the most readings."""
    counts: dict[str, int] = {}
    for row in book.rows("evidence"):
        counts[row["source_id"]] = counts.get(row["source_id"], 0) + 1
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    return [book.by_key("sources")[key] for key in ranked[:most] if key in book.by_key("sources")]


def _span(book: Book) -> str | None:
    days: list[date] = [row["first_act_date"] for row in book.rows("episodes") if row["first_act_date"]]
    return f"{min(days).isoformat()}/{book.descriptor['asOf']}" if days else None


def places(book: Book) -> list[tuple[str, str]]:
    """Return the countries of the episodes: code and name."""
    found = {row["iso3"] for row in book.rows("episodes")}
    return sorted((iso3, book.name("countries", iso3)) for iso3 in found)


def datacite(book: Book, base_url: str, files: Sequence[Row]) -> dict[str, Any]:
    """Return the edition in DataCite's schema 4.5, for registering an identifier for it."""
    descriptor = book.descriptor
    makers = [{"name": each["title"], "nameType": "Organizational"} for each in descriptor["contributors"]]
    created = descriptor["created"][:10]
    covered = [{"date": span, "dateType": "Other", "dateInformation": "time covered"}] if (span := _span(book)) else []
    related = [
        {"relatedIdentifier": row["url"], "relatedIdentifierType": "URL", "relationType": "IsDerivedFrom"}
        for row in _most_read(book)
    ]
    return {
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
        "creators": makers,
        "titles": [{"title": descriptor["title"], "lang": "en"}],
        "publisher": {"name": makers[0]["name"]},
        "publicationYear": created[:4],
        "subjects": [{"subject": each} for each in descriptor.get("keywords", [])],
        "dates": [{"date": created, "dateType": "Issued"}, *covered],
        "language": "en",
        "alternateIdentifiers": [
            {"alternateIdentifier": book.edition.content_hash, "alternateIdentifierType": "content hash"},
            *([{"alternateIdentifier": base_url, "alternateIdentifierType": "URL"}] if base_url else []),
        ],
        "relatedIdentifiers": related,
        "sizes": [f"{file['bytes']} B" for file in files],
        "formats": list(dict.fromkeys(file["media"] for file in files)),
        "version": book.edition.name,
        "rightsList": [
            {
                "rights": each.get("title") or each["name"],
                "rightsUri": each["path"],
                "rightsIdentifier": each["name"],
                "rightsIdentifierScheme": "SPDX",
            }
            for each in descriptor["licenses"]
        ],
        "descriptions": [
            {"description": descriptor["description"], "descriptionType": "Abstract", "lang": "en"},
            {"description": descriptor["coding"], "descriptionType": "Methods", "lang": "en"},
        ],
        "geoLocations": [{"geoLocationPlace": name} for _, name in places(book)],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }  # fmt: skip


def typed_links(book: Book, base_url: str, files: Sequence[Row]) -> list[tuple[str, dict[str, str]]]:
    """Return typed links, by which machines find the identifier, licence, descriptions and files."""
    found = [
        ("cite-as", {"href": base_url or "index.html", "type": ""}),
        ("type", {"href": "https://schema.org/Dataset", "type": ""}),
        *(("license", {"href": each["path"], "type": ""}) for each in book.descriptor["licenses"]),
        ("describedby", {"href": base_url + JSONLD, "type": "application/ld+json"}),
        ("describedby", {"href": base_url + DATACITE, "type": "application/vnd.datacite.datacite+json"}),
    ]
    return [*found, *(("item", {"href": base_url + file["path"], "type": file["media"]}) for file in files)]


def dublin_core(book: Book, base_url: str) -> list[tuple[str, str]]:
    """Return the edition as Dublin Core meta elements."""
    descriptor = book.descriptor
    return [
        ("DC.title", descriptor["title"]),
        *(("DC.creator", each["title"]) for each in descriptor["contributors"]),
        ("DC.publisher", descriptor["contributors"][0]["title"]),
        ("DC.date", descriptor["created"][:10]),
        ("DC.type", "Dataset"),
        ("DC.identifier", base_url or book.edition.content_hash),
        ("DC.language", "en"),
        *(("DC.rights", each["path"]) for each in descriptor["licenses"]),
        ("DC.accessRights", _PUBLIC),
    ]


def sitemap(pages: Sequence[str], base_url: str, created: str) -> str:
    """Return the sitemap; without a base address it is relative and must be rebuilt once there is a host."""
    listed = "".join(f"<url><loc>{escape(base_url + page)}</loc><lastmod>{created}</lastmod></url>\n" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{listed}</urlset>\n'
    )


def script_json(value: object) -> str:
    """Return a value as JSON that is safe within a script, whatever it contains."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
