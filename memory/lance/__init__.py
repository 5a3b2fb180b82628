"""The store on LanceDB: the only importers of lancedb."""
