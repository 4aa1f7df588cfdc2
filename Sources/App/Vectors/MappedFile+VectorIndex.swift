internal import FilesDriver
internal import VectorIndex

extension MappedFile: MappedBytes {}

extension Crew: Workers {}
