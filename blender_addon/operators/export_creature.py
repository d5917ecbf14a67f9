"""Export creatures with the settings that keep their animation whole."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper

from ..scene import export


class ZOETROPE_OT_export_creature(bpy.types.Operator, ExportHelper):
    """Export the selected creatures and animated meshes; loops keep their closing step"""

    bl_idname = "zoetrope.export_creature"
    bl_label = "Export Creature"
    bl_options = {"REGISTER"}

    filename_ext = ".glb"
    filter_glob: bpy.props.StringProperty(default="*.glb;*.fbx;*.usd;*.usdc;*.abc", options={"HIDDEN"})
    file_format: bpy.props.EnumProperty(
        name="Format", items=export.FORMATS, default="GLB", description="What is written"
    )
    _checked_format = ""

    @classmethod
    def poll(cls, context):
        """With a creature selected."""
        if not export.exportable(context):
            cls.poll_message_set("Select a creature, or a mesh that was animated")
            return False
        return True

    def invoke(self, context, event):
        """Open the file browser, with a format that holds what is selected."""
        if export.unsuitable(export.exportable(context), self.file_format):
            self.file_format = next(
                (f for f in export.CHANGING if not export.unavailable(f)), self.file_format
            )
            self.filename_ext = export.SUFFIXES[self.file_format]
        return ExportHelper.invoke(self, context, event)

    def check(self, _context):
        """The name follows a format that was chosen, the format a name that was typed."""
        chosen = self._checked_format not in ("", self.file_format)
        if not chosen:
            self.file_format = self._named_format()
        self._checked_format = self.file_format
        self.filename_ext = export.SUFFIXES[self.file_format]
        self.filepath = str(Path(self.filepath).with_suffix(self.filename_ext))
        return True

    def _named_format(self):
        """The format of the name's extension, unless another one was given or it is none of ours."""
        given = self.properties.is_property_set("file_format") and not self._checked_format
        return self.file_format if given else export.format_of(self.filepath) or self.file_format

    def draw(self, _context):
        """The format alone: the exporters' own settings are chosen."""
        self.layout.prop(self, "file_format")

    def execute(self, context):
        """Write the file."""
        file_format = self._named_format()
        objects = export.exportable(context)
        reason = export.unsuitable(objects, file_format) or export.unavailable(file_format)
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(export.SUFFIXES[file_format])
        if reason is None and not path.parent.is_dir():
            reason = f"There is no folder {path.parent}."
        if reason is not None:
            self.report({"ERROR"}, reason)
            return {"CANCELLED"}
        try:
            export.export(context, objects, path, file_format)
        except (RuntimeError, OSError) as error:
            self.report({"ERROR"}, f"{path.name} was not written: {error}")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Wrote {path}")
        return {"FINISHED"}
