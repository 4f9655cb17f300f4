"""What holds of tax zones."""

from core.integrity import Check

PRICING = (
    Check(
        code="pricing.zone_areas",
        title="A tax zone has an area, or nothing is ever taxed by it.",
        query="""
            SELECT zone.id, zone.code AS subject, 'an area' AS expected, 'none' AS actual
              FROM pricing_taxzone AS zone
             WHERE NOT EXISTS (SELECT FROM pricing_taxzonearea AS area WHERE area.zone_id = zone.id)
        """,
    ),
)
