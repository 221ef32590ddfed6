"""Describes the data as a whole for catalogues, search engines and citations: DCAT-AP, Croissant, Data Package, /cite."""
