// The library is there for its precompiled headers.
