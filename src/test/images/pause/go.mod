module virtualnodes.io/pause

go 1.26.0
